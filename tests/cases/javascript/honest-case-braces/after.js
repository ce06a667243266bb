export function reduce(state, action) {
  switch (action.type) {
    case "add": {
      const items = [...state.items, action.item];
      return { ...state, items };
    }
    case "clear":
      return { ...state, items: [] };
    default:
      return state;
  }
}
