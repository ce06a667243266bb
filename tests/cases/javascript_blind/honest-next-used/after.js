export function users(app, db) {
  app.get("/users", async (req, res, next) => {
    try {
      const rows = await db.all();
      res.json(rows);
    } catch (error) {
      next(error);
    }
  });
}
