"""`python -m viewer` is `kindred`."""

from viewer.command_line import main

if __name__ == "__main__":
    main()
