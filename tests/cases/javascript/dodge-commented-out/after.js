export function start(server, port) {
  server.listen(port);
  // registerSignals(server);
  server.on("error", (error) => {
    throw error;
  });
  return server;
}
