"""`python -m shopbell`: the same as the `shopbell` program, for children that are started by path."""

from shopbell.cli import main

if __name__ == "__main__":
    main()
