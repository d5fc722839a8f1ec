"""Names of the people of the demo shop: common ones, long ones, right-to-left ones, one-letter ones and emoji."""
# ruff: noqa: RUF001  # letters that look like others are what names are made of

FIRST: tuple[str, ...] = (
    "Olivia", "Liam", "Emma", "Noah", "Ava", "Ethan", "Sofia", "Mason", "Mia", "Lucas", "Amelia", "Logan",
    "Harper", "James", "Evelyn", "Aiden", "Abigail", "Elijah", "Ella", "Owen", "Scarlett", "Caleb", "Grace",
    "Wyatt", "Chloe", "Isaac", "Nora", "Julian", "Hazel", "Levi", "Violet", "Ezra", "Aurora", "Silas", "Naomi",
    "Camila", "Mateo", "Valentina", "Santiago", "Ximena", "Diego", "Lucía", "Joaquín", "Renée", "François",
    "Amélie", "Étienne", "Chloé", "Aaliyah", "Malik", "Imani", "Darnell", "Keisha", "Tyrone", "Zuri", "Kwame",
    "Priya", "Arjun", "Ananya", "Rohan", "Meera", "Vikram", "Mei", "Wei", "Jun", "Hana", "Minh", "Linh", "Thuy",
    "Yuki", "Haruto", "Jiwoo", "Seo-yeon", "Aylin", "Emre", "Olga", "Dmitri", "Zofia", "Jakub", "Siobhán", "Niamh",
    "Bjørn", "Åsa", "Søren", "Jürgen", "Zoë", "Kealoha", "Leilani", "Nizhoni", "Tallulah", "Sequoia", "Winona",
)  # fmt: skip

LAST: tuple[str, ...] = (
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez",
    "Hernandez", "Lopez", "Gonzalez", "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee",
    "Perez", "Thompson", "White", "Harris", "Sanchez", "Clark", "Ramirez", "Lewis", "Robinson", "Walker", "Young",
    "Allen", "King", "Wright", "Scott", "Torres", "Nguyen", "Hill", "Flores", "Green", "Adams", "Nelson", "Baker",
    "Hall", "Rivera", "Campbell", "Mitchell", "Carter", "Roberts", "Tremblay", "Gagnon", "Roy", "Côté", "Bouchard",
    "Patel", "Singh", "Kaur", "Sharma", "Khan", "Chen", "Wang", "Zhang", "Kim", "Park", "Tanaka", "Sato", "Tran",
    "O’Connor", "MacDonald", "Kowalski", "Novák", "Ivanova", "Yılmaz", "Öztürk", "Müller", "Lindqvist", "Okafor",
    "Mensah", "Abebe", "Begay", "Kahananui", "de la Cruz", "van der Berg", "St. Clair", "D’Angelo",
)  # fmt: skip

#: Names that pages and messages must bear: (first, last). Placed at fixed shares among the people.
UNUSUAL: tuple[tuple[str, str], ...] = (
    ("محمد", "عبد الرحمن"),
    ("נועה", "בן־דוד"),
    ("فاطمة", "الزهراء"),
    ("小明", "王"),
    ("さくら", "佐藤"),
    ("Анастасия", "Константинопольская"),
    ("Sunny 🌞", "Delgado"),
    ("Ace 🏳️‍🌈✨", "Monroe"),
    ("Wolfeschlegelsteinhausenbergerdorff", "Featherstonehaugh-Cholmondeley"),
    ("María de los Ángeles Guadalupe", "Fernández de Córdoba y Álvarez de las Asturias"),
    ("J", "O"),
    ("Ὀδυσσέας", "Παπαδόπουλος"),
)
