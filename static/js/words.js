// The words that scripts need, in the language of the page, and the clock of the server.
export const words = document.getElementById("words").dataset;
const ahead = Date.now() - Date.parse(words.now);

export const word = (name, values = {}) =>
  words[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

export const now = () => Date.now() - ahead;
