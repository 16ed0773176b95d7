"""Pictures to signals, and how well: `digitize.Digitizer` reads, `score.score_folders` scores, without torch too."""
