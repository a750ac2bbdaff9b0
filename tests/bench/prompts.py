"""Prompts that read like a team's: English, Chinese and both, from small grammars in our own words."""

import random
from collections.abc import Sequence
from typing import Final


def _each(text: str) -> Sequence[str]:
    return tuple(" ".join(one.split()) for one in text.split(";"))


_SUBJECTS: Final = _each("""
    a ceramic teapot; a folding bicycle; an old tram; a sleeping cat; two foxes in snow; a paper boat;
    a wooden rocking horse; a bowl of ramen; a glass of iced coffee; a leather backpack; running shoes;
    a lighthouse keeper; a violin maker at work; a market stall with lemons; a robot watering plants;
    a scatter of autumn leaves; a mountain hut; an empty swimming pool; a greenhouse full of orchids;
    a kitchen in a small flat; a cargo ship at anchor; a stack of old books; a girl flying a kite;
    a retired boxer; a pair of headphones; a bottle of perfume; a jar of honey; an astronaut gardening;
    a dragon made of porcelain; a map of an imaginary island; a crowded night train; a hot-air balloon;
    a whale above the clouds; a street musician; a café table for one; a naïve painting of a harbour;
    a library with spiral stairs; a clockwork beetle; a loaf of rye bread; a wedding cake; a chess set;
    an owl wearing spectacles; a red phone box; a vase of tulips; a snow globe; a desk lamp; a canoe
""")
_PLACES: Final = _each("""
    on a walnut table; in a foggy harbour; beside a window after rain;
    against a plain white background; under a railway bridge; in a Scandinavian living room;
    on a rooftop in Lisbon; in a bamboo forest; on wet cobblestones; at the edge of a desert;
    inside an abandoned factory; in a sunlit courtyard; on a marble counter;
    in front of a concrete wall; by a frozen lake; in a tiny workshop; at a crossing in Osaka;
    between tall bookshelves; on a beach at low tide; in zero gravity
""")
_LIGHTS: Final = _each("""
    soft window light; golden hour; blue hour; hard noon light; neon reflections; candlelight;
    overcast sky; rim light; studio softbox; moonlight; light through blinds; volumetric light
""")
_STYLES: Final = _each("""
    product photography; 35mm film; flat vector illustration; watercolour on rough paper;
    isometric render; woodcut print; pencil sketch; editorial photo; low-poly 3D; Art Nouveau poster;
    risograph print; oil painting; claymation; pixel art; blueprint drawing;
    children's book illustration; macro photo
""")
_DETAILS: Final = _each("""
    shallow depth of field; muted colours; high contrast; 50% grey backdrop; lots of negative space;
    centred composition; seen from above; close-up; wide shot; fine grain; no text; 8k; pastel palette;
    two-tone: teal & orange; symmetrical; slight motion blur; crisp edges; aspect 3:2
""")
_CN_SUBJECTS: Final = _each("""
    一只橘猫; 两只小狐狸; 青花瓷茶壶; 老城区的有轨电车; 穿汉服的少女; 一碗热腾腾的牛肉面; 折叠自行车;
    雪山下的木屋; 会浇花的机器人; 戴眼镜的猫头鹰; 江南水乡的石桥; 一座灯塔; 图书馆的旋转楼梯; 机械甲虫;
    蓝色大闸蟹摆盘; 纸船; 街头音乐家; 空荡荡的游泳池; 一束郁金香; 皮质双肩包; 香水瓶; 蜂蜜罐;
    云层之上的鲸鱼; 宇航员在种菜; 瓷器做的龙; 放风筝的小女孩; 夜班地铁里的乘客; 小户型厨房; 糖葫芦;
    敦煌飞天; 国潮风运动鞋; 茶园里的采茶人; 熊猫宝宝; 中秋月饼礼盒; 春节窗花; 黄山云海; 赛博朋克城市
""")
_CN_PLACES: Final = _each("""
    放在胡桃木桌面上; 坐在窗台边; 在雨后的街道上; 纯白背景; 竹林深处; 在阳光洒落的庭院里; 结冰的湖边;
    在狭小的手工作坊里; 书架之间; 退潮的海滩上; 大理石台面; 废弃工厂内部; 霓虹灯下的十字路口; 古镇小巷
""")
_CN_LIGHTS: Final = _each("""
    柔和的自然光; 黄昏时分; 清晨薄雾; 霓虹灯反射在玻璃上; 烛光; 逆光; 月光; 摄影棚柔光; 电影感光影
""")
_CN_STYLES: Final = _each("""
    产品摄影; 水墨画风格; 扁平插画; 胶片质感; 工笔画; 等距视角渲染; 木刻版画; 铅笔素描; 绘本插图; 油画;
    粘土动画; 像素风; 国风海报; 微距摄影
""")
_CN_DETAILS: Final = _each("""
    浅景深; 低饱和度; 高对比; 大量留白; 居中构图; 俯视角度; 特写; 细腻的质感; 不要文字; 高清;
    马卡龙配色; 对称; 轻微动态模糊; 比例3：2
""")
_NAMES: Final = (
    "Aldo",
    "Brisa",
    "Corvin",
    "Delphi",
    "Eskra",
    "Fjola",
    "Gildas",
    "Hesper",
    "Ilka",
    "Juno",
    "Kestrel",
)
_SYLLABLES: Final = (
    "ba",
    "cor",
    "del",
    "fen",
    "gri",
    "hul",
    "jor",
    "kem",
    "lum",
    "mor",
    "nes",
    "pel",
    "rov",
    "tam",
)


def prompt(rng: random.Random) -> str:
    """Make one prompt: about half English, a third Chinese, the rest both."""
    kind = rng.random()
    if kind < 0.52:
        return _english(rng)
    if kind < 0.88:
        return _chinese(rng)
    return f"{_chinese(rng)}，{_one(rng, _STYLES)}，{_one(rng, _DETAILS)}"


def revised(rng: random.Random, text: str) -> str:
    """Make what a model would write instead of a prompt."""
    return f"{text}. {_one(rng, _LIGHTS).capitalize()}, {_one(rng, _DETAILS)}, {_one(rng, _DETAILS)}."


def _english(rng: random.Random) -> str:
    parts = [f"{_one(rng, _SUBJECTS)} {_one(rng, _PLACES)}", _one(rng, _LIGHTS), _one(rng, _STYLES)]
    parts += rng.sample(_DETAILS, rng.randint(1, 4))
    if rng.random() < 0.12:
        parts.append(f"for the {_rare(rng)} campaign")
    return ", ".join(parts).capitalize() if rng.random() < 0.7 else ", ".join(parts)


def _chinese(rng: random.Random) -> str:
    parts = [_one(rng, _CN_SUBJECTS) + _one(rng, _CN_PLACES), _one(rng, _CN_LIGHTS), _one(rng, _CN_STYLES)]
    parts += rng.sample(_CN_DETAILS, rng.randint(1, 4))
    if rng.random() < 0.08:
        parts.append(f"品牌名{_rare(rng)}")
    return "，".join(parts)


def _rare(rng: random.Random) -> str:
    """A name that few prompts share."""
    made = "".join(rng.choice(_SYLLABLES) for _ in range(3)).capitalize()
    return f"{rng.choice(_NAMES)} {made}" if rng.random() < 0.5 else f"{made}-{rng.randint(100, 999)}"


def _one(rng: random.Random, choices: Sequence[str]) -> str:
    """Some are used far more often than others."""
    return choices[int(len(choices) * rng.random() ** 1.7)]
