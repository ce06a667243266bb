import os as os
