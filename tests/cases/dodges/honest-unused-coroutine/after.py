async def run(job):
    await job.start()
    return job
