export function users(app, db) {
  app.get("/users", async (req, res, next) => {
    const rows = await db.all();
    res.json(rows);
  });
}
