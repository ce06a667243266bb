def maker():
    return make
