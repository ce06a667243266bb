const PREFIX = "srv-";
const SUFFIX = ".local";

function hostName(id) {
  return PREFIX + id;
}

module.exports = { hostName };
