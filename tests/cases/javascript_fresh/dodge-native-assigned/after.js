Object.assign(Array.prototype, {
  last() {
    return this[this.length - 1];
  },
});
