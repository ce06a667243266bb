@login_required
def view(request):
    return page(request)
