// Starts telegram-test-api, which jehy wrote: `node emulator.js MODULES PORT`.
//
// Some of its answers are not Telegram's, and no client that reads types can take them; they are set right
// here. Everything else is as it comes.
const TelegramServer = require(`${process.argv[2]}/telegram-test-api`);

const server = new TelegramServer({ host: "127.0.0.1", port: Number(process.argv[3]), storeTimeout: 600 });

const addBotMessage = server.addBotMessage.bind(server);
server.addBotMessage = (message, token) => {
  const { link_preview_options, reply_parameters, ...added } = addBotMessage(message, token); // as sent
  return { ...added, date: Math.floor(added.date / 1000) }; // it tells milliseconds
};

const json = server.webServer.response.json;
server.webServer.response.json = function answer(body) {
  if (body && body.ok && body.result === null) body.result = true; // an edit answers with nothing
  if (body && body.result && body.result.username === "TestNameBot") body.result.is_bot = true; // not told
  return json.call(this, body);
};

server.start().then(() => console.log("ready"));
