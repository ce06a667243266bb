def view(request):
    return page(request)
