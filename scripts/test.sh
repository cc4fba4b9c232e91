#!/usr/bin/env bash
# Runs the tests beside each other; a few that fail run once more, alone. Arguments go to pytest.
# Many start real servers, browsers and speech: beside each other on a busy machine one may not get its turn in
# time. What is wrong fails alone too. Both runs are printed, and the second one decides.
set -uo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE  # hundreds of processes start here: each would compile the whole product again
pytest=.venv/bin/pytest
most=8  # more than that is no accident
failed=.pytest_cache/v/cache/lastfailed

# A file at a time, long ones early: many tests wait for seconds to pass.
rm -f "$failed"
"$pytest" -n "${WORKERS:-3}" --dist loadfile --no-loadscope-reorder "$@"
code=$?
count=0
if [ "$code" -eq 1 ] && [ -s "$failed" ]; then
  # Only tests have "::" in their names: where a file could not even be read, nothing runs again.
  count=$(.venv/bin/python -c 'import json, sys; names = json.load(open(sys.argv[1]))
print(len(names) if all("::" in name for name in names) else 0)' "$failed")
fi
if [ "$count" -lt 1 ] || [ "$count" -gt "$most" ]; then
  exit "$code"
fi
printf '\n[tests] %s 件が失敗しました。ほかと並べずに、もう一度だけ走らせます。 / %s failed: once more, alone.\n' "$count" "$count"
"$pytest" --last-failed --last-failed-no-failures none "$@"
