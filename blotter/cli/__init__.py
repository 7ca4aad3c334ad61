"""The commands. Headless ones never import Textual; each command's code is loaded when it is called."""
