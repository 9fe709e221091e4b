-- The 'delete' rows carry the old values: FTS5 takes them out of the index by what they were, not by what they are.
CREATE TRIGGER command_text_insert AFTER INSERT ON command BEGIN
  INSERT INTO command_text(rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER command_text_delete AFTER DELETE ON command BEGIN
  INSERT INTO command_text(command_text, rowid, text) VALUES ('delete', old.id, old.text);
END;
CREATE TRIGGER command_text_update AFTER UPDATE OF text ON command BEGIN
  INSERT INTO command_text(command_text, rowid, text) VALUES ('delete', old.id, old.text);
  INSERT INTO command_text(rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER request_text_insert AFTER INSERT ON entry BEGIN
  INSERT INTO request_text(rowid, request) VALUES (new.id, new.request);
END;
CREATE TRIGGER request_text_delete AFTER DELETE ON entry BEGIN
  INSERT INTO request_text(request_text, rowid, request) VALUES ('delete', old.id, old.request);
END;
CREATE TRIGGER request_text_update AFTER UPDATE OF request ON entry BEGIN
  INSERT INTO request_text(request_text, rowid, request) VALUES ('delete', old.id, old.request);
  INSERT INTO request_text(rowid, request) VALUES (new.id, new.request);
END;
