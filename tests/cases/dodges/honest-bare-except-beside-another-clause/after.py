def run(server):
    try:
        server.start()
    except KeyboardInterrupt:
        server.stop()
    except Exception:
        server.report()
        raise SystemExit(3)
