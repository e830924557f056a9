// An OpenID provider for tests, on loopback only. The protocol is npm oidc-provider's (certified, and not ours): what Evertoken
// believes about tokens is checked against somebody else's reading of the standards. Ours are the login pages, the clock and the
// admin port with which a test arranges what it cannot wait for: expiry, withdrawn consent, new signing keys, failures.

import { createHash, createHmac, generateKeyPair, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';

import { Store } from './store.mjs';

// stdout carries exactly one line, which the test reads; the library's notices would come before it.
console.log = console.error;
console.info = console.error;
console.warn = (text) => {
  // See meddle(): reading the body ourselves is meant, and the notice would head the log of every failing test.
  if (!String(text).includes('already parsed request body')) console.error(text);
};

const ENDPOINTS = new Map([
  ['/auth', 'authorization'],
  ['/token', 'token'],
  ['/me', 'userinfo'],
  ['/jwks', 'jwks'],
  ['/.well-known/openid-configuration', 'discovery'],
  ['/token/revocation', 'revocation'],
  ['/token/introspection', 'introspection'],
]);
const DAY = 24 * 60 * 60;

function fatal(message) {
  console.error(`oidc_provider: ${message}`);
  process.exit(1);
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      'access-ttl': { type: 'string', default: '3' },
      'refresh-ttl': { type: 'string', default: String(14 * DAY) },
      'grant-ttl': { type: 'string', default: String(365 * DAY) },
      'max-seconds': { type: 'string', default: '600' },
    },
  });
  const seconds = (name) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value <= 0) throw new Error(`--${name} must be a whole number of seconds above 0`);
    return value;
  };
  const text = values.config ? readFileSync(values.config, 'utf8') : process.env.OIDC_CLIENT;
  if (!text) throw new Error('the client is missing: give --config FILE, or its JSON in OIDC_CLIENT');
  return {
    client: JSON.parse(text),
    accessTtl: seconds('access-ttl'),
    refreshTtl: seconds('refresh-ttl'),
    grantTtl: seconds('grant-ttl'),
    maxSeconds: seconds('max-seconds'),
  };
}

// The packages live outside the source tree, where the install step puts everything that is downloaded; a plain import would look
// only beside this file.
async function loadLibrary() {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const downloads = process.env.EVERTOKEN_DEPS || path.join(here, '../../../.deps');
  const bases = [path.resolve(downloads, 'npm', 'oidc_provider'), here];
  for (const base of bases) {
    let file;
    try {
      file = createRequire(path.join(base, 'package.json')).resolve('oidc-provider');
    } catch {
      continue;
    }
    return (await import(pathToFileURL(file).href)).default;
  }
  return fatal(`oidc-provider is not installed: run "npm ci" in a copy of this folder's package*.json; looked below ${bases.join(', ')}`);
}

// ---------------------------------------------------------------------------------------------------------------- clock

// The library reads Date.now() and nothing else, so one offset moves everything it decides about time. Timers keep real time.
const realNow = Date.now.bind(Date);
let clockOffsetMs = 0;
Date.now = () => realNow() + clockOffsetMs;

// ----------------------------------------------------------------------------------------------------------------- keys

async function makeSigningKeys() {
  const make = promisify(generateKeyPair);
  const [rsa, ec] = await Promise.all([make('rsa', { modulusLength: 2048 }), make('ec', { namedCurve: 'P-256' })]);
  return [
    { ...rsa.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: `rsa-${randomBytes(6).toString('hex')}` },
    { ...ec.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: `ec-${randomBytes(6).toString('hex')}` },
  ];
}

// ------------------------------------------------------------------------------------------------------------- accounts

const profileOverrides = new Map();

// Any login name is an account, so that a test needs no set-up and parallel tests never share a user.
function accountClaims(sub) {
  const local = sub.split('@')[0];
  const given = local.charAt(0).toUpperCase() + local.slice(1);
  return {
    name: `${given} Example`,
    given_name: given,
    family_name: 'Example',
    preferred_username: local,
    profile: `https://id.example.test/${encodeURIComponent(local)}`,
    picture: `https://id.example.test/${encodeURIComponent(local)}.png`,
    locale: 'de-DE',
    zoneinfo: 'Europe/Berlin',
    birthdate: '1990-04-01',
    gender: 'female',
    updated_at: 1700000000,
    email: sub.includes('@') ? sub : `${sub}@example.test`,
    email_verified: true,
    ...profileOverrides.get(sub),
    sub,
  };
}

// ------------------------------------------------------------------------------------------------- counters and mischief

const faults = new Map();
const delays = new Map();
let stats;

function resetStats() {
  stats = { endpoints: {}, token_calls_by_grant_type: {}, refresh_presentations: {} };
  for (const name of ENDPOINTS.values()) stats.endpoints[name] = { calls: 0, answers: {} };
}
resetStats();

function count(counters, key) {
  counters[key] = (counters[key] ?? 0) + 1;
}

function countTokenCall(body) {
  const form = new URLSearchParams(body);
  count(stats.token_calls_by_grant_type, form.get('grant_type') ?? '');
  const token = form.get('refresh_token');
  // Hashed, because test logs keep these numbers, and a token in a log is what Evertoken promises never to write.
  if (token !== null) count(stats.refresh_presentations, createHash('sha256').update(token).digest('hex'));
}

function takePlan(plans, endpoint) {
  const queue = plans.get(endpoint);
  if (!queue?.length) return undefined;
  const plan = queue[0];
  plan.times -= 1;
  if (plan.times === 0) queue.shift();
  return plan;
}

async function readBody(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function sleep(ms) {
  return new Promise((done) => { setTimeout(done, ms); });
}

function applyFault(ctx, fault) {
  if (fault.status === 0) {
    ctx.respond = false;
    ctx.req.socket.destroy();
    return 'cut';
  }
  if (fault.retryAfter !== undefined) ctx.set('Retry-After', fault.retryAfter);
  ctx.status = fault.status;
  ctx.body = fault.body;
  ctx.type = fault.type;
  return fault.status;
}

// "before" answers in the provider's place; "after" lets the provider do the work and spoils only its answer: the call that spends
// a refresh token whose successor the client never sees.
async function meddle(ctx, next) {
  const endpoint = ENDPOINTS.get(ctx.path);
  if (!endpoint) return next();
  const entry = stats.endpoints[endpoint];
  entry.calls += 1;
  if (ctx.method === 'POST') {
    // Read here and not by the library: a caller who hangs up during a delay has still sent its request, and a provider would act on
    // it. The library takes the text as it is.
    ctx.req.body = await readBody(ctx.req);
    if (endpoint === 'token') countTokenCall(ctx.req.body);
  }
  const delay = takePlan(delays, endpoint);
  const fault = takePlan(faults, endpoint);
  let answer;
  if (delay?.when === 'before') await sleep(delay.ms);
  if (fault?.when === 'before') {
    answer = applyFault(ctx, fault);
  } else {
    await next();
    answer = ctx.status;
  }
  if (delay?.when === 'after') await sleep(delay.ms);
  if (fault?.when === 'after') answer = applyFault(ctx, fault);
  count(entry.answers, answer);
  return undefined;
}

// ---------------------------------------------------------------------------------------------------------------- pages

const formSecret = randomBytes(32);

function formToken(interaction) {
  return createHmac('sha256', formSecret).update(`${interaction.jti} ${interaction.prompt.name}`).digest('base64url');
}

function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

function sendPage(ctx, status, title, body) {
  ctx.status = status;
  ctx.set('Cache-Control', 'no-store');
  // No form-action here: browsers apply it to the redirects that follow a form too, and those lead to the app.
  ctx.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  ctx.type = 'html';
  ctx.body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
}

function formStart(interaction) {
  return `<form method="post" action="/interaction/${escapeHtml(interaction.uid)}">
<input type="hidden" name="csrf" value="${formToken(interaction)}">`;
}

function sendLoginPage(ctx, interaction, problem) {
  const hint = interaction.params.login_hint ?? '';
  sendPage(ctx, problem ? 400 : 200, 'Sign in', `${problem ? `<p role="alert">${escapeHtml(problem)}</p>` : ''}
${formStart(interaction)}
<p><label>Login <input type="text" name="login" autocomplete="username" value="${escapeHtml(hint)}" required></label></p>
<p><label>Password <input type="password" name="password" autocomplete="current-password" required></label></p>
<p><button type="submit">Sign in</button></p>
</form>`);
}

function sendConsentPage(ctx, interaction) {
  const scopes = interaction.prompt.details.missingOIDCScope ?? String(interaction.params.scope).split(' ');
  sendPage(ctx, 200, 'Allow access', `<p>${escapeHtml(interaction.params.client_id)} asks for:</p>
<ul>${scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')}</ul>
${formStart(interaction)}
<p><button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button></p>
</form>`);
}

async function saveConsent(provider, interaction) {
  const { accountId } = interaction.session;
  const clientId = interaction.params.client_id;
  // The session may still name a grant that the user has withdrawn since.
  const known = interaction.grantId && await provider.Grant.find(interaction.grantId);
  const grant = known || new provider.Grant({ accountId, clientId });
  const { missingOIDCScope, missingOIDCClaims } = interaction.prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  return grant.save();
}

async function interact(provider, ctx) {
  let interaction;
  try {
    interaction = await provider.interactionDetails(ctx.req, ctx.res);
  } catch (error) {
    return sendPage(ctx, 400, 'Sign-in interrupted', `<p>${escapeHtml(error.error_description ?? error.message)}</p>`);
  }
  if (ctx.path !== `/interaction/${interaction.uid}`) return sendPage(ctx, 400, 'Sign-in interrupted', '<p>another sign-in is open</p>');

  const prompt = interaction.prompt.name;
  if (ctx.method === 'GET') return prompt === 'login' ? sendLoginPage(ctx, interaction) : sendConsentPage(ctx, interaction);

  const form = new URLSearchParams(await readBody(ctx.req));
  if (form.get('csrf') !== formToken(interaction)) return sendPage(ctx, 403, 'Form refused', '<p>the form is not ours</p>');

  let result;
  if (prompt === 'login') {
    const login = form.get('login') ?? '';
    if (!/^[\w.@+-]{1,64}$/.test(login) || !form.get('password')) {
      return sendLoginPage(ctx, interaction, 'Login or password is wrong.');
    }
    result = { login: { accountId: login } };
  } else if (form.get('decision') === 'deny') {
    result = { error: 'access_denied', error_description: 'the user denied access' };
  } else {
    result = { consent: { grantId: await saveConsent(provider, interaction) } };
  }
  const next = await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: prompt !== 'login' });
  ctx.redirect(next);
  ctx.status = 303;
  return undefined;
}

// ------------------------------------------------------------------------------------------------------------- provider

function settings(options, client, keys, cookieKeys) {
  return {
    adapter: Store,
    clients: [{
      redirect_uris: ['http://127.0.0.1/not-set-yet'],
      ...client,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    }],
    jwks: { keys },
    // The defaults are SameSite=None for https sites; browsers drop such cookies on plain http.
    cookies: {
      keys: cookieKeys,
      long: { signed: true, httpOnly: true, sameSite: 'lax' },
      short: { signed: true, httpOnly: true, sameSite: 'lax' },
    },
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'given_name', 'family_name', 'preferred_username', 'picture', 'locale', 'zoneinfo', 'birthdate', 'gender',
        'profile', 'updated_at'],
    },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    responseTypes: ['code'],
    pkce: { methods: ['S256'], required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: options.accessTtl,
      AuthorizationCode: 60,
      Grant: options.grantTtl,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: options.refreshTtl,
      Session: 14 * DAY,
    },
    features: {
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: (ctx, caller, token) => token.clientId === caller.clientId },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, sub) => ({ accountId: sub, claims: () => accountClaims(sub) }),
    clientBasedCORS: () => false,
    // The library's own error page fetches a font from the internet.
    renderError: (ctx, out) => sendPage(ctx, ctx.status, 'Request refused',
      `<dl>${Object.entries(out).map(([k, v]) => `<dt>${escapeHtml(k)}</dt><dd>${escapeHtml(v)}</dd>`).join('')}</dl>`),
  };
}

async function makeProvider(Library, issuer, config) {
  const provider = new Library(issuer, config);
  provider.on('server_error', (ctx, error) => console.error(error));
  provider.use((ctx, next) => (ctx.path.startsWith('/interaction/') ? interact(provider, ctx) : next()));
  provider.use(meddle);
  // Clients are checked when first used; a bad one should stop the test at once and not look like a failed login.
  await provider.Client.find(config.clients[0].client_id);
  return provider;
}

// ---------------------------------------------------------------------------------------------------------------- admin

class BadRequest extends Error {}

function parameter(query, name, fallback) {
  const value = query.get(name) ?? fallback;
  if (value === undefined) throw new BadRequest(`${name} is missing`);
  return value;
}

function numberParameter(query, name, least, fallback) {
  const value = Number(parameter(query, name, fallback));
  if (!Number.isFinite(value) || value < least) throw new BadRequest(`${name} must be a number of at least ${least}`);
  return value;
}

function choiceParameter(query, name, choices, fallback) {
  const value = parameter(query, name, fallback);
  if (!choices.includes(value)) throw new BadRequest(`${name} must be one of: ${choices.join(', ')}`);
  return value;
}

function jsonObject(body) {
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BadRequest('the body must be JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new BadRequest('the body must be a JSON object');
  return value;
}

function addPlan(plans, query, plan) {
  const endpoint = choiceParameter(query, 'endpoint', [...ENDPOINTS.values()]);
  const full = {
    ...plan,
    times: numberParameter(query, 'times', 1, '1'),
    when: choiceParameter(query, 'when', ['before', 'after'], 'before'),
  };
  plans.set(endpoint, [...(plans.get(endpoint) ?? []), full]);
  return { endpoint, ...full };
}

function adminActions(running) {
  return {
    'POST /advance': ({ query }) => {
      clockOffsetMs += numberParameter(query, 'seconds', 0) * 1000;
      return { now: Math.floor(Date.now() / 1000), offset: clockOffsetMs / 1000 };
    },
    'POST /revoke-user': async ({ query }) => {
      const { provider } = running;
      const grants = Store.grantsOf(parameter(query, 'sub'));
      for (const id of grants) {
        for (const model of [provider.AccessToken, provider.RefreshToken, provider.AuthorizationCode]) await model.revokeByGrantId(id);
        await (await provider.Grant.find(id))?.destroy();
      }
      return { grants: grants.length };
    },
    'POST /rotate-keys': async ({ query }) => {
      const keepOld = choiceParameter(query, 'keep_old', ['0', '1'], '0') === '1';
      running.keys = [...await makeSigningKeys(), ...(keepOld ? running.keys : [])];
      await running.rebuild();
      return { kids: running.keys.map((key) => key.kid) };
    },
    'POST /client': async ({ body }) => {
      const before = running.client;
      running.client = { ...before, ...jsonObject(body) };
      try {
        await running.rebuild();
      } catch (error) {
        running.client = before;
        throw new BadRequest(error.error_description ?? error.message);
      }
      return { client_id: running.client.client_id };
    },
    'POST /profile': ({ query, body }) => {
      profileOverrides.set(parameter(query, 'sub'), jsonObject(body));
      return accountClaims(query.get('sub'));
    },
    'POST /fail': ({ query, body, type }) => {
      const status = numberParameter(query, 'status', 0);
      if (status !== 0 && (!Number.isInteger(status) || status < 200 || status > 599)) throw new BadRequest('status must be 0 or 200 to 599');
      return addPlan(faults, query, {
        status,
        retryAfter: query.get('retry_after') ?? undefined,
        body: body || JSON.stringify({ error: 'temporarily_unavailable', error_description: 'the test wanted this call to fail' }),
        type: body && type ? type : 'application/json; charset=utf-8',
      });
    },
    'POST /delay': ({ query }) => addPlan(delays, query, { ms: numberParameter(query, 'ms', 0) }),
    'POST /reset': () => {
      faults.clear();
      delays.clear();
      resetStats();
      return {};
    },
    'GET /stats': () => stats,
  };
}

function adminListener(running) {
  const actions = adminActions(running);
  return async (req, res) => {
    let status = 200;
    let answer;
    try {
      const url = new URL(req.url, 'http://127.0.0.1');
      const action = actions[`${req.method} ${url.pathname}`];
      if (!action) {
        status = 404;
        throw new BadRequest(`no such admin call; there are: ${Object.keys(actions).join(', ')}`);
      }
      answer = await action({ query: url.searchParams, body: await readBody(req), type: req.headers['content-type'] });
    } catch (error) {
      if (!(error instanceof BadRequest)) console.error(error);
      if (status === 200) status = error instanceof BadRequest ? 400 : 500;
      answer = { error: error.message };
    }
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(JSON.stringify(answer));
  };
}

// ----------------------------------------------------------------------------------------------------------------- main

function listen(server) {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => done(server.address().port));
  });
}

async function main() {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    return fatal(error.message);
  }
  const Library = await loadLibrary();

  // The issuer's name contains the port, so the port comes first and the provider after it.
  const running = { client: options.client, keys: await makeSigningKeys() };
  const web = createServer((req, res) => running.handle(req, res));
  const port = await listen(web);
  const issuer = `http://127.0.0.1:${port}`;
  const cookieKeys = [randomBytes(32).toString('base64url')];
  // Keys and clients are fixed in a provider object once it is made. A second one over the same store and cookie keys continues every
  // session and grant, so this is how both change without touching the library's insides.
  running.rebuild = async () => {
    const config = settings(options, running.client, running.keys, cookieKeys);
    running.provider = await makeProvider(Library, issuer, config);
    running.handle = running.provider.callback();
  };
  await running.rebuild().catch((error) => fatal(error.error_description ?? error.message));

  const admin = createServer(adminListener(running));
  const adminPort = await listen(admin);

  const stop = () => process.exit(0);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // The test holds our stdin: however it dies, the pipe closes, and no server is left behind.
  process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
  setTimeout(stop, options.maxSeconds * 1000);

  process.stdout.write(`${JSON.stringify({ issuer, admin: `http://127.0.0.1:${adminPort}`, port })}\n`);
  return undefined;
}

await main();
