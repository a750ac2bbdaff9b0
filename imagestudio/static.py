"""Static files under hashed names, so that they may be cached for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StudioStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage that rewrites the imports inside ES modules too."""

    support_js_module_import_aggregation = True
