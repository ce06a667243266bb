export function route(app, db) {
  app.get("/users/:id", async (req, res, next) => {
    const user = await db.find(req.params.id);
    if (!user) {
      res.status(404).end();
      return;
    }
    res.json(user);
  });
}
