// Runs in the page's own world before its scripts. Adds what a desktop Chromium has and the
// headless shell lacks, and nothing where it is there already.
(() => {
  if (!("chrome" in window)) {
    const chrome = { app: { isInstalled: false }, csi() {}, loadTimes() {} };
    Object.defineProperty(window, "chrome", {
      value: chrome, writable: true, enumerable: true, configurable: false,
    });
  }
  // Nobody has been asked yet; who is asked closes the question without an answer.
  if ("Notification" in window && Notification.permission === "denied") {
    Object.defineProperty(Notification, "permission", {
      get() { return "default"; }, enumerable: true, configurable: true,
    });
    Notification.requestPermission = function requestPermission(callback) {
      callback?.("default");
      return Promise.resolve("default");
    };
  }
  if (navigator.pdfViewerEnabled) return;
  const viewers = [
    "PDF Viewer", "Chrome PDF Viewer", "Chromium PDF Viewer",
    "Microsoft Edge PDF Viewer", "WebKit built-in PDF",
  ];
  const description = "Portable Document Format";
  const list = (prototype, members, nameOf) => {
    const object = Object.create(prototype);
    const own = (key, value, enumerable) =>
      Object.defineProperty(object, key, { value, enumerable, configurable: true });
    members.forEach((member, index) => own(index, member, true));
    members.forEach((member) => own(nameOf(member), member, false));
    own("length", members.length, false);
    own("item", (index) => members[index >>> 0] ?? null, false);
    own("namedItem", (name) => members.find((member) => nameOf(member) === name) ?? null, false);
    return object;
  };
  const typed = (prototype, values) => {
    const object = Object.create(prototype);
    for (const key of Object.keys(values)) {
      Object.defineProperty(object, key, { value: values[key], enumerable: true, configurable: true });
    }
    return object;
  };
  const types = ["application/pdf", "text/pdf"].map((type) =>
    typed(MimeType.prototype, { type, suffixes: "pdf", description }));
  const plugins = viewers.map((name) =>
    typed(Plugin.prototype, { name, description, filename: "internal-pdf-viewer", length: types.length, 0: types[0], 1: types[1] }));
  const pluginArray = list(PluginArray.prototype, plugins, (plugin) => plugin.name);
  const mimeTypes = list(MimeTypeArray.prototype, types, (type) => type.type);
  const getter = (name, value) =>
    Object.defineProperty(Navigator.prototype, name, {
      get() { return value; }, enumerable: true, configurable: true,
    });
  getter("pdfViewerEnabled", true);
  getter("plugins", pluginArray);
  getter("mimeTypes", mimeTypes);
})();
