def run(server):
    try:
        server.start()
    except KeyboardInterrupt:
        server.stop()
    except:
        server.report()
        raise SystemExit(3)
