"""Controls without sight: buttons in, gestures, the menu and the call for help. Every press answers."""
