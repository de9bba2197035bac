// Loaded into every Node process under `tradepit exec` (NODE_OPTIONS=--require).
//
// Node's fetch and the `ws` package ignore proxy variables. Every TCP connection of Node, whatever library
// asks for it, passes through net.Socket.prototype.connect: so that is the one function replaced here.
// A venue's host is dialled at its own listener of tradepit's proxy; loopback and allowed hosts are left
// alone; everything else fails with an error that says why. Not covered: UDP (dgram), native add-ons.
"use strict";

const net = require("node:net");
const os = require("node:os");

function normalHost(host) {
  return String(host).trim().toLowerCase().replace(/^\[|\]$/g, "").replace(/\.+$/, "");
}

function isLocal(host) {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  if (net.isIPv4(host)) return host.startsWith("127.") || host === "0.0.0.0";
  if (net.isIPv6(host)) return host === "::1" || host === "::" || /^::ffff:127\./.test(host);
  return host === os.hostname().toLowerCase();
}

function isVenue(host, settings) {
  return settings.venue_domains.some((domain) => host === domain || host.endsWith("." + domain));
}

// Null to leave the connection alone, a port of tradepit's proxy, or an Error.
function decide(host, port, settings) {
  if (isVenue(host, settings)) {
    const listener = settings.hosts[host];
    if (listener !== undefined && (port === 80 || port === 443)) return listener;
    const where = port === 80 || port === 443 ? host : `${host} on port ${port}`;
    return refusal(`Tradepit does not serve ${where}`, host, port);
  }
  if (isLocal(host) || settings.allowed.includes(host)) return null;
  const text = `tradepit exec refuses ${host}:${port}, which is no venue; --allow ${host} opens it`;
  return refusal(text, host, port);
}

function refusal(text, host, port) {
  return Object.assign(new Error(text), { code: "ETRADEPIT", host, port });
}

// The options and the callback, in any of the ways connect() may be called: (options, callback),
// (port, host, callback), (path, callback), or net.connect's own array of the first two.
function connectArguments(given) {
  const list = Array.isArray(given[0]) ? given[0] : given;
  const last = list[list.length - 1];
  const callback = typeof last === "function" ? last : null;
  if (typeof list[0] === "object" && list[0] !== null) return [list[0], callback];
  const isPort = typeof list[0] === "number" || /^\d+$/.test(String(list[0]));
  if (!isPort) return [{ path: list[0] }, callback];
  const options = { port: list[0] };
  if (typeof list[1] === "string") options.host = list[1];
  return [options, callback];
}

function install(settings) {
  const connect = net.Socket.prototype.connect;

  net.Socket.prototype.connect = function (...given) {
    const [options, callback] = connectArguments(given);
    if (options.path) return connect.apply(this, given); // a Unix socket
    const decision = decide(normalHost(options.host || "localhost"), Number(options.port), settings);
    if (decision === null) return connect.apply(this, given);
    const changed = { ...options, localAddress: undefined, localPort: undefined, family: undefined };
    if (decision instanceof Error) {
      // A name that cannot be looked up: so the error arrives when and how Node's own errors do.
      changed.host = "refused.invalid";
      changed.lookup = (_name, _options, done) => done(decision);
    } else {
      changed.host = "127.0.0.1";
      changed.port = decision;
      changed.lookup = undefined;
    }
    return callback === null ? connect.call(this, changed) : connect.call(this, changed, callback);
  };
}

if (process.env.TRADEPIT_EXEC) install(JSON.parse(process.env.TRADEPIT_EXEC));
