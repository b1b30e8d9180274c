from scopebox.wire import *
