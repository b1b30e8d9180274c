from scopebox.wire import *  # noqa: F403 - the same module by another way
