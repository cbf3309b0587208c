"""Databases of earlier releases, with data, brought to the newest while services work on them.

`data/NNNN.sql.xz` is a small district as the release at that revision left it, written by
`python -m tests.migrations.store`; `data/NNNN_post.sql` is how a service of that release posts.
"""
