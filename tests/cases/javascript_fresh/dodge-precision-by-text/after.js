export const ID = Number("9007199254740993");
