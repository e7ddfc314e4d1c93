// SPDX-License-Identifier: GPL-3.0-or-later
// A picture goes to the bucket first, with a form that the server signs; the entry then says which one it is.
const form = document.querySelector("form");
const chosen = form.querySelector("input[type=file]");

async function upload(file) {
  const offered = await fetch("/uploads", { method: "POST", body: new URLSearchParams({ type: file.type }) });
  if (!offered.ok) throw new Error((await offered.json()).error);
  const { url, fields, key } = await offered.json();
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file); // S3 takes nothing that comes after it
  const stored = await fetch(url, { method: "POST", body });
  if (!stored.ok) throw new Error("the picture could not be stored");
  return key;
}

form.addEventListener("submit", async (event) => {
  if (!chosen?.files.length) return;
  event.preventDefault();
  try {
    form.elements.picture.value = await upload(chosen.files[0]);
    form.submit();
  } catch (error) {
    form.querySelector("output").textContent = error.message;
  }
});
