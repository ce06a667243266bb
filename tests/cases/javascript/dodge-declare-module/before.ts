declare const BUILD: string;

declare function report(name: string): void;
