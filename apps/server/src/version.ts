/** Of the platform, as in every package.json of this repository; test/architecture holds them together. */
export const VERSION = "0.1.0";
