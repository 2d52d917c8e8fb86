"""The verbs of the `shopbell` command. Each imports what it runs only when it is called."""
