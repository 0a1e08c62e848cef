// Owns the outermost element of the page.

/** The whole page. */
export function Page() {
  return (
    <main>
      <h1>Overlay</h1>
    </main>
  );
}
