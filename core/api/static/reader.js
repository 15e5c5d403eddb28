// Draws /openapi.json: groups, operations, parameters, bodies and answers. No library, no network but this server.
"use strict";

const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

const follow = (spec, schema) =>
  schema && schema.$ref ? schema.$ref.slice(2).split("/").reduce((at, part) => at[part], spec) : schema;

const typeOf = (spec, schema) => {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf || schema.oneOf || schema.allOf)
    return (schema.anyOf || schema.oneOf || schema.allOf).map((one) => typeOf(spec, one)).join(" | ");
  const type = [].concat(schema.type || "any").join(" | ");
  return type.includes("array") ? `${type} of ${typeOf(spec, schema.items) || "any"}` : type;
};

const limits = (schema) =>
  ["enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "format", "default"]
    .filter((name) => schema[name] !== undefined)
    .map((name) => `${name}: ${JSON.stringify(schema[name])}`)
    .join(", ");

const rows = (spec, schema, prefix = "", seen = []) => {
  const shape = follow(spec, schema);
  if (!shape || seen.includes(shape)) return [];
  if (shape.type === "array") return rows(spec, shape.items, `${prefix}[]`, seen);
  return Object.entries(shape.properties || {}).flatMap(([name, field]) => {
    const here = prefix ? `${prefix}.${name}` : name;
    const inner = follow(spec, field) || {};
    const row = make("tr", {},
      make("td", {}, make("code", { textContent: here })),
      make("td", { textContent: typeOf(spec, field) + ((shape.required || []).includes(name) ? ", required" : "") }),
      make("td", { className: "quiet", textContent: [inner.description, limits(inner)].filter(Boolean).join(" · ") }));
    return [row, ...rows(spec, field, here, [...seen, shape])];
  });
};

const table = (title, lines) =>
  lines.length ? make("section", {}, make("h4", { textContent: title }), make("table", {}, ...lines)) : null;

const drawOperation = (spec, path, method, operation, shared) => {
  const parameters = [...shared, ...(operation.parameters || [])].map((given) => follow(spec, given)).map((one) =>
    make("tr", {},
      make("td", {}, make("code", { textContent: one.name })),
      make("td", { textContent: `${one.in}, ${typeOf(spec, one.schema)}${one.required ? ", required" : ""}` }),
      make("td", { className: "quiet", textContent: [one.description, limits(one.schema || {})].filter(Boolean).join(" · ") })));
  const bodies = Object.entries((operation.requestBody || {}).content || {})
    .map(([type, body]) => table(`Body (${type})`, rows(spec, body.schema)));
  const answers = Object.entries(operation.responses || {}).map(([status, given]) => {
    const answer = follow(spec, given);
    const [type, content] = Object.entries(answer.content || {})[0] || ["", {}];
    return table(`Answer ${status}: ${answer.description || ""} ${type}`, rows(spec, content.schema)) ||
      make("p", { textContent: `Answer ${status}: ${answer.description || ""} ${type}` });
  });
  const who = (operation.security || []).map((one) => Object.keys(one).join(" + ")).join(" or ") || "anyone";
  return make("details", {},
    make("summary", {},
      make("span", { className: `method ${method}`, textContent: method.toUpperCase() }),
      make("code", { textContent: path }),
      make("span", { className: "quiet", textContent: `  ${operation.summary || ""}` })),
    operation.description ? make("p", { textContent: operation.description }) : null,
    make("p", { className: "quiet", textContent: `For: ${who}` }),
    table("Parameters", parameters), ...bodies, ...answers);
};

const draw = (spec) => {
  const groups = new Map((spec.tags || []).map((tag) => [tag.name, []]));
  for (const [path, item] of Object.entries(spec.paths))
    for (const method of ["get", "post", "put", "patch", "delete"])
      if (item[method])
        for (const tag of item[method].tags || ["other"]) {
          if (!groups.has(tag)) groups.set(tag, []);
          groups.get(tag).push(drawOperation(spec, path, method, item[method], item.parameters || []));
        }
  const about = new Map((spec.tags || []).map((tag) => [tag.name, tag.description]));
  const filled = [...groups].filter(([, operations]) => operations.length);
  document.getElementById("groups").replaceChildren(
    ...filled.map(([name]) => make("a", { href: `#${name}`, textContent: about.get(name) || name })));
  document.getElementById("operations").replaceChildren(
    ...filled.map(([name, operations]) =>
      make("section", { id: name }, make("h2", { textContent: about.get(name) || name }), ...operations)));
};

document.getElementById("search").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/);
  for (const one of document.querySelectorAll("details")) {
    const text = one.querySelector("summary").textContent.toLowerCase();
    one.hidden = !words.every((word) => text.includes(word));
  }
});

fetch("/openapi.json")
  .then((answer) => answer.json())
  .then(draw)
  .catch((trouble) => { document.getElementById("operations").textContent = `Could not read /openapi.json: ${trouble}`; });
