// An HTTP/2 server (with HTTP/1.1 beside it) for curl_http2_test: prints its port, ends when its input does.
//   /version   the protocol's version
//   /sessions  how many HTTP/2 connections there were
//   /hold      replies when eight of these wait
//   /cut       resets the stream in the middle of a reply
import fs from 'node:fs';
import http2 from 'node:http2';

const [certificate, privateKey] = process.argv.slice(2).map((path) => fs.readFileSync(path));
const server = http2.createSecureServer({ cert: certificate, key: privateKey, allowHTTP1: true });
const held = [];
let sessions = 0;

const routes = {
  '/version': (request, response) => response.end(request.httpVersion),
  '/sessions': (request, response) => response.end(String(sessions)),
  '/hold': (request, response) => {
    held.push(response);
    if (held.length === 8) held.splice(0).forEach((waiting) => waiting.end('released'));
  },
  '/cut': (request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => request.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  },
};

server.on('session', () => { sessions += 1; });
server.on('request', (request, response) => routes[request.url](request, response));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
