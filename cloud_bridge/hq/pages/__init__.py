"""The files of HQ's pages: templates, stylesheet, script."""
