// The switch for notifications asks the browser for its permission, and only when it is touched.
const field = document.querySelector("[data-notifies-field]");
const box = field.querySelector("[type=checkbox]");
const state = field.querySelector("[data-notifies-state]");

function show() {
  if (!window.Notification) state.textContent = box.checked ? field.dataset.missing : "";
  else state.textContent = box.checked && Notification.permission === "denied" ? field.dataset.refused : "";
}

box.addEventListener("change", async () => {
  if (box.checked && window.Notification?.permission === "default") await Notification.requestPermission();
  show();
});
show();
