/* exported shutdown */
function boot(config) {
  window.app = { config, started: Date.now() };
}

function shutdown() {
  window.app = null;
}

boot({ debug: false });
