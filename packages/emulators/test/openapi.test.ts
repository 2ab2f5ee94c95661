import { describe, expect, it } from "vitest";
import { type OpenApi, type Schema, schemaErrors } from "./openapi.ts";

const spec: OpenApi = {
  paths: {},
  components: {
    schemas: { Name: { type: "object", required: ["text"], properties: { text: { type: "string" } } } },
  },
};
const errors = (schema: Schema, value: unknown) => schemaErrors(spec, schema, value, "it");

describe("the checker of answers", () => {
  it.each([
    ["a missing field", { $ref: "#/components/schemas/Name" }, {}],
    ["a field that is not there", { $ref: "#/components/schemas/Name" }, { text: "a", more: 1 }],
    ["another type", { type: "integer" }, "1"],
    ["a fraction", { type: "integer" }, 1.5],
    ["a null", { type: "string" }, null],
    ["a word that is not in the list", { type: "string", enum: ["a"] }, "b"],
    ["a list's second item", { type: "array", items: { type: "boolean" } }, [true, 1]],
    ["no list", { type: "array" }, {}],
    ["a list for an object", { type: "object" }, []],
    ["a time with fractions", { type: "string", format: "date-time" }, "2026-01-01T00:00:00.000Z"],
    ["what fits neither", { oneOf: [{ type: "string" }, { type: "integer" }] }, true],
    [
      "a part of the whole",
      {
        allOf: [
          { $ref: "#/components/schemas/Name" },
          { type: "object", properties: { n: { type: "integer" } } },
        ],
      },
      { text: "a", n: "1" },
    ],
    ["another pattern", { type: "string", pattern: "^a$" }, "b"],
    ["no address", { type: "string", format: "uri" }, "halo"],
  ] as const)("sees %s", (_, schema, value) => {
    expect(errors(schema, value)).toHaveLength(1);
  });

  it.each([
    [{ $ref: "#/components/schemas/Name" }, { text: "a" }],
    [{ type: "string", nullable: true }, null],
    [{ oneOf: [{ type: "string" }, { type: "integer" }] }, 3],
    [{ type: "object" }, { any: 1 }],
    [{ nullable: true, allOf: [{ $ref: "#/components/schemas/Name" }] }, null],
  ] as const)("lets %j pass", (schema, value) => {
    expect(errors(schema, value)).toEqual([]);
  });
});
