// The declarations of the language and its environments, packed into the worker by bundle.mjs.
import { gunzipSync } from "node:zlib";
import packed from "../declarations.gz";

let unpacked = null;

/** @returns {Record<string, string>} texts by file name, such as "lib.es5.d.ts" */
export function declarations() {
  unpacked ??= JSON.parse(gunzipSync(packed).toString("utf8"));
  return unpacked;
}
