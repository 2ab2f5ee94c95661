import type { Paths } from "../paths.ts";
import { crmStream } from "./crm-stream.ts";
import { ownerColumns } from "./owner-columns.ts";
import { decimal, integer, list, text, timestamp } from "./property-values.ts";

export const companies = (paths: Paths) =>
  crmStream(paths, "companies", {
    name: "Companies",
    columns: {
      name: "text",
      domain: "text",
      additional_domains: "jsonb",
      website: "text",
      phone: "text",
      industry: "text",
      city: "text",
      country: "text",
      employee_count: "bigint",
      annual_revenue: "numeric",
      lifecycle_stage: "text",
      owner_id: "text",
      owner_name: "text",
      created_at: "timestamptz",
    },
    row: (company, { owners }) => ({
      name: text(company, "name"),
      domain: text(company, "domain"),
      additional_domains: list(company, "hs_additional_domains"),
      website: text(company, "website"),
      phone: text(company, "phone"),
      industry: text(company, "industry"),
      city: text(company, "city"),
      country: text(company, "country"),
      employee_count: integer(company, "numberofemployees"),
      annual_revenue: decimal(company, "annualrevenue"),
      lifecycle_stage: text(company, "lifecyclestage"),
      ...ownerColumns(company, owners),
      created_at: timestamp(company, "createdate"),
    }),
    customer: (company) => {
      const domains = [
        text(company, "domain"),
        ...list(company, "hs_additional_domains"),
        text(company, "website"),
      ];
      return {
        kind: "company",
        domains: domains.filter((domain) => domain !== null),
        fields: {
          name: text(company, "name"),
          industry: text(company, "industry"),
          employee_count: integer(company, "numberofemployees"),
          lifecycle_stage: text(company, "lifecyclestage"),
          phone: text(company, "phone"),
          city: text(company, "city"),
          country: text(company, "country"),
        },
        custom: { annual_revenue: decimal(company, "annualrevenue"), website: text(company, "website") },
      };
    },
  });
