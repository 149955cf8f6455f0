import { z } from 'zod';
import { type Access, scopesOf } from './auth/access.ts';
import type { Endpoint } from './endpoint.ts';

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType): Json => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

/** The OpenAPI 3.1 description of a service, made of the same schemas that check its requests. */
export function openApiOf(title: string, endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method]: operation(endpoint) };
  }
  const asksForTokens = endpoints.some(({ access }) => access !== 'open');
  return {
    openapi: '3.1.0',
    info: { title, version: '1.0.0' },
    paths,
    ...(asksForTokens ? { components: { securitySchemes: { [SCHEME]: BEARER } } } : {}),
  };
}

const SCHEME = 'bearer';
const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: 'An access token (RFC 9068). None is asked for where AUTH=off.',
};

/** Which scopes a call wants, one of them: for who reads, and for programs. */
function wanted(access: Access): { description?: string; security?: Json[] } {
  if (access === 'open') return {};
  const words = access.any.map((scope) => `\`${scope}\``);
  if (access.own !== undefined) words.unshift(`\`${access.own}\` (for what is the token's subject's own)`);
  return {
    description: `Scope: ${words.join(' or ')}.`,
    security: scopesOf(access).map((scope) => ({ [SCHEME]: [scope] })),
  };
}

const REFUSALS = {
  401: 'No token that is good',
  403: 'The token has not the scope',
};

function operation({ summary, access, inputs, responses }: Endpoint): Json {
  const parameters = [
    ...parametersOf('path', inputs.params),
    ...parametersOf('query', inputs.query),
    ...parametersOf('header', inputs.headers),
  ];
  return {
    summary,
    ...wanted(access),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(inputs.body ? { requestBody: bodyOf(inputs.body) } : {}),
    responses: Object.fromEntries(
      Object.entries({ ...(access === 'open' ? {} : REFUSALS), ...responses }).map(
        ([status, description]) => [
          status,
          {
            description,
            content: {
              [Number(status) >= 400 ? 'application/problem+json' : 'application/json']: {
                schema: { type: 'object' },
              },
            },
          },
        ],
      ),
    ),
  };
}

const bodyOf = (schema: z.ZodType): Json => ({
  required: !schema.safeParse(undefined).success,
  content: { 'application/json': { schema: schemaOf(schema) } },
});

function parametersOf(place: 'path' | 'query' | 'header', schema: z.ZodType | undefined): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}
