"""Services rendered: recorded by one person, verified by another, credited after objections."""
