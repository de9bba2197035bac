// node client.cjs LIBRARY URL...: asks each URL with that library, prints one JSON line for each.
"use strict";

const text = (error) => [error.message, error.cause?.message, error.code].filter(Boolean).join(" | ");

const libraries = {
  async fetch(url) {
    const answer = await fetch(url);
    return { status: answer.status, body: await answer.text() };
  },
  async https(url) {
    const get = require(url.startsWith("https:") ? "node:https" : "node:http").get;
    return new Promise((resolve, reject) => {
      get(url, (answer) => {
        let body = "";
        answer.on("data", (chunk) => (body += chunk));
        answer.on("end", () => resolve({ status: answer.statusCode, body }));
      }).on("error", reject);
    });
  },
  async axios(url) {
    return askAxios(url, {});
  },
  async "axios without proxy"(url) {
    return askAxios(url, { proxy: false });
  },
  async ws(url) {
    const { WebSocket } = require("ws");
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url);
      socket.on("open", () => socket.send("hello"));
      socket.on("message", (data) => {
        resolve({ status: 101, body: String(data) });
        socket.close();
      });
      socket.on("error", reject);
    });
  },
  async "tls without a server name"(url) {
    const { hostname } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = require("node:tls").connect({ host: hostname, port: 443 }, () => {
        socket.write(`GET /ok HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
      });
      let body = "";
      socket.on("data", (chunk) => (body += chunk));
      socket.on("end", () => resolve({ status: Number(body.split(" ")[1]), body }));
      socket.on("error", reject);
    });
  },
};

async function askAxios(url, options) {
  const answer = await require("axios").get(url, {
    ...options,
    validateStatus: () => true,
    transformResponse: (body) => body,
  });
  return { status: answer.status, body: answer.data };
}

async function main([library, ...urls]) {
  for (const url of urls) {
    let line;
    try {
      line = await libraries[library](url);
    } catch (error) {
      line = { error: text(error) };
    }
    console.log(JSON.stringify({ url, ...line }));
  }
}

main(process.argv.slice(2));
