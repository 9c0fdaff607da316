//! What tickets are made of: the words of three help desks.

/// A kind of trouble, as people describe it.
pub(crate) struct Trouble {
    /// Its category.
    pub(crate) category: &'static str,
    /// What the subject begins with.
    pub(crate) subjects: [&'static str; 3],
    /// What is noted meanwhile.
    pub(crate) note: &'static str,
    /// What helped.
    pub(crate) solution: &'static str,
}

/// A word that stands in hardly any ticket.
pub(crate) const RARE: &str = "quetzal";

pub(crate) const TROUBLES: [Trouble; 8] = [
    Trouble {
        category: "hardware/printer",
        subjects: [
            "Máy in kẹt giấy",
            "Skriveren står fast",
            "Stampante inceppata",
        ],
        note: "Toner và trống đã được kiểm tra; vẫn kẹt giấy ở khay 2.",
        solution: "Thay trục cuốn giấy, in thử 50 trang.",
    },
    Trouble {
        category: "hardware/laptop",
        subjects: [
            "Laptop không lên nguồn",
            "Bærbar PC starter ikke",
            "Portatile non si avvia",
        ],
        note: "Batteriet er byttet; laderen gir bare 5 volt.",
        solution: "Ny lader utlevert, gammel sendt til leverandøren.",
    },
    Trouble {
        category: "software/office",
        subjects: [
            "Excel treo khi mở tệp",
            "Excel henger ved åpning",
            "Excel si blocca all'apertura",
        ],
        note: "Il file contiene 40 000 collegamenti esterni; chiesto al richiedente se servono.",
        solution: "Rimossi i collegamenti rotti, riparata l'installazione.",
    },
    Trouble {
        category: "software/erp",
        subjects: [
            "Không đăng nhập được ERP",
            "Får ikke logget inn i ERP",
            "Accesso negato all'ERP",
        ],
        note: "Rollen mangler etter flyttingen til ny avdeling.",
        solution: "Rolle tildelt, innlogging prøvd sammen med brukeren.",
    },
    Trouble {
        category: "network/wifi",
        subjects: [
            "Wifi chập chờn ở tầng 3",
            "Ustabilt trådløst nett",
            "Wi-Fi instabile al terzo piano",
        ],
        note: "Tín hiệu yếu cạnh thang máy; kênh 6 bị nhiễu.",
        solution: "Chuyển điểm truy cập sang kênh 11 và dời ra hành lang.",
    },
    Trouble {
        category: "network/vpn",
        subjects: [
            "VPN bị ngắt liên tục",
            "VPN kobler fra hele tiden",
            "La VPN cade di continuo",
        ],
        note: "Il log del client mostra un MTU troppo grande.",
        solution: "MTU portato a 1380, tunnel stabile da due ore.",
    },
    Trouble {
        category: "account/password",
        subjects: ["Quên mật khẩu", "Glemt passord", "Password dimenticata"],
        note: "Identiteten er bekreftet på telefon.",
        solution: "Passord nullstilt, må byttes ved første innlogging.",
    },
    Trouble {
        category: "account/mail",
        subjects: [
            "Không nhận được thư",
            "Mottar ikke e-post",
            "Non arrivano le e-mail",
        ],
        note: "Casella piena: 49,8 GB di 50.",
        solution: "Archiviata la posta anteriore al 2024, quota liberata.",
    },
];

/// The technicians of the first tier, then those of the second.
pub(crate) const TECHNICIANS: [[&str; 6]; 2] = [
    ["minh", "lan", "solveig", "giulia", "huong", "per"],
    ["duc", "ingrid", "marco", "thao", "knut", "chiara"],
];

pub(crate) const REQUESTERS: [&str; 12] = [
    "Nguyễn Thị Hòa",
    "Trần Văn Bình",
    "Phạm Quỳnh Anh",
    "Lê Đức Thắng",
    "Øyvind Sæther",
    "Åse Bråten",
    "Kjersti Hågensen",
    "Bjørn Ødegård",
    "Niccolò Bianchi",
    "Lucia D'Amico",
    "Andrea Però",
    "Beatrice Città",
];

pub(crate) const PLACES: [&str; 6] = [
    "Hà Nội, tầng 3",
    "Đà Nẵng",
    "Tromsø",
    "Ålesund, 2. etasje",
    "Forlì",
    "Milano, sala riunioni",
];

pub(crate) const CHANNELS: [&str; 4] = ["phone", "email", "portal", "walk-in"];

pub(crate) const LEVELS: [&str; 3] = ["low", "medium", "high"];
