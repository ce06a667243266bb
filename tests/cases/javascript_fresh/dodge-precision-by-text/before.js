export const ID = 9007199254740993;
