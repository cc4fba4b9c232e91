"""`python -m device.rehearsals [FOLDER]`: makes the recorded runs of `field_tests/runs` anew."""

from device.rehearsals.verbs import main

if __name__ == "__main__":
    main()
